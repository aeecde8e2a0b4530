//! The radio network's cells.

use crate::{
    api::ApiError,
    i18n::{Texts as All, texts},
};

texts! {
    cells: "基地台", "Cells";
    cells_hint: "無線網路的基地台（cell）：所屬網路、區域、識別碼與位置。", "The radio network's cells: network, area, number and place.";
    setup: "設定", "Setup";
    networks: "網路", "Networks";
    networks_none: "尚無基地台資料", "No cell is known yet";
    networks_none_hint: "匯入網路規劃的檔案，或 OpenCelliD 格式的檔案。", "Import a file of the network's planning, or one of OpenCelliD's form.";
    network: "網路", "Network";
    radio: "無線技術", "Radio";
    count: "基地台數", "Cells";
    placed: "有位置者", "With a place";
    changed: "變更時間", "Changed";
    show: "顯示", "Show";
    show_of(network): "顯示 {network} 的基地台", "Show cells of {network}";
    list: "基地台清單", "Cells";
    list_all: "全部網路", "All networks";
    list_none: "沒有符合的基地台", "No cell matches";
    search: "基地台、區域、46692-區域-基地台或名稱", "Cell, area, 46692-area-cell or name";
    search_button: "查詢", "Search";
    found(n): "共 {n} 個基地台", "{n} cells";
    page(n): "第 {n} 頁", "Page {n}";
    newer: "上一頁", "Previous";
    older: "下一頁", "Next";
    area: "LAC／TAC", "LAC or TAC";
    cell: "基地台識別碼", "Cell";
    cell_hint: "GSM 為 CI，UMTS 為 RNC×65536＋CI，LTE 為 ECI，NR 為 NCI", "CI of GSM, RNC·65536 + CI of UMTS, ECI of LTE, NCI of NR";
    plmn: "網路代碼（MCC 與 MNC）", "Network (MCC and MNC)";
    plmn_hint: "例如 46692", "Such as 46692";
    name: "名稱", "Name";
    place: "緯度、經度", "Latitude, longitude";
    latitude: "緯度（度，WGS 84）", "Latitude (degrees, WGS 84)";
    longitude: "經度（度，WGS 84）", "Longitude (degrees, WGS 84)";
    reach: "涵蓋半徑（公尺）", "Reach (m)";
    add: "新增基地台", "Add a cell";
    edit: "編輯", "Edit";
    saved(cell): "已儲存 {cell}", "{cell} was saved";
    remove: "移除", "Remove";
    remove_ask(cell): "移除基地台 {cell}？", "Remove the cell {cell}?";
    removed(cell): "已移除 {cell}", "{cell} was removed";
    remove_all(n): "移除這 {n} 個基地台", "Remove these {n} cells";
    remove_all_ask(n): "移除目前篩選出的 {n} 個基地台？此動作無法復原，請先下載備份。",
        "Remove all {n} cells that the list shows? It can't be undone: download them first.";
    removed_all(n): "已移除 {n} 個基地台", "{n} cells were removed";
    moved: "清單已有變動，請確認後再移除。", "The list has changed meanwhile. Look at it again, then remove.";
    download: "下載 CSV", "Download CSV";
    import: "匯入基地台", "Import cells";
    import_hint: "OpenCelliD 格式（可無欄位名稱列），或第一列為欄位名稱：radio、mcc、net、area、cell，另可有 lon、lat、range、name。UTF-8，最大 32 MiB。檔案未提及的基地台不變。",
        "OpenCelliD's form, with its line of names or without; or a first line of radio, mcc, net, area, cell, then lon, lat, range, name. UTF-8, 32 MiB at most. Cells that it doesn't have stay.";
    wrong_plmn: "網路代碼：須為 5 或 6 位數字，例如 46692", "Network: 5 or 6 digits, such as 46692";
    wrong_area(most): "LAC／TAC：須為 0 至 {most} 的整數", "LAC or TAC: a whole number from 0 to {most}";
    wrong_cell(most): "基地台識別碼：須為 0 至 {most} 的整數", "Cell: a whole number from 0 to {most}";
    wrong_place: "緯度須為 −90 至 90、經度須為 −180 至 180 的度數；不知道時兩者皆留空", "Latitude from -90 to 90 and longitude from -180 to 180 degrees, or neither";
    wrong_reach(most): "涵蓋半徑：須為 0 至 {most} 公尺", "Reach: 0 to {most} m";
    wrong_name: "名稱：最多 100 個字，不含換行", "Name: at most 100 characters on one line";
}

impl Texts {
    /// What went wrong, in a sentence.
    pub fn error(&self, all: &All, error: &ApiError) -> String {
        match error {
            ApiError::Invalid { field, .. } if field == "cells_moved" => self.moved.to_owned(),
            ApiError::Invalid { field, .. } if field == "name" => self.wrong_name.to_owned(),
            error => all.error(error),
        }
    }
}
